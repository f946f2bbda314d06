/** Plain JSON: all that may stand in a case's state, a call's input or a call's result. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A JSON object whose optional members are absent, never null. */
export type JsonObject = { [key: string]: Json };
