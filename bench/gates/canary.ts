/** One canary in each interval of this length, during the outage of the bench. */
export const CANARY_EVERY_S = 15;
