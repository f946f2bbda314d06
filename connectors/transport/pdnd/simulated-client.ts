/** The client that the simulated PDND knows. Its private key stands in the source for everybody to read: it is registered at no real authority. */
import { createPublicKey } from "node:crypto";
import { privateKeyOf } from "./signing-key.ts";

const PRIVATE_KEY = [
  "MIIEuwIBADANBgkqhkiG9w0BAQEFAASCBKUwggShAgEAAoIBAQDtlKdaoEac02Yqclb9Jett7Cw1wdrrQDTIHVtma7MYxmSHP8Sgr6BAhyZpf1FeJVgjhNsi",
  "NnxCcCjWzZO1ukC0pF3mQfM/ujcheglBYfKzfsKxfzwfFnWrsIkFhET+dFN2gJmPQN3Yhb3odckvlo1glll6hjsX1NSBCpECvDB6cdFsCxGuiEE+3DaMpmUi",
  "8w8CL16cOfj73W8+cwCS4ovJpjJQDbpaf/Wz38xsNsbalVj7UyPZ6rvGx0zSceFbOYMDb/jm7C+8fM1YU+H5k6bW0HO18v+TjXEYcNGIAiDCp3SVHqqUumqO",
  "QUNF2wdylu+iptDMv31Iqhx1IKEDODiZAgMBAAECgf95VzMiVjm6Xz4O79b99CAKRFVQH3JwNJrAmj3UUa1nOeyeJzOF3i06x8wWlbA5JVmeynwhPTK5vA8f",
  "pl+KsVXa7RgIQia6paECuBGCE0Sh6FwHy7QpLI9s4P0alDOowkDehU/omniz3Zrg30ehxoLukduheG01/r2KKptlijg4UG1nxvaxQmHYe+JWe/LeMJmhvdK3",
  "HGgVKfEofjNEt/lFUEvNHtKoVMOrVRWdVml6Cj1l34nwZEq/Jm/MO+UIhHOEBuJJQrttatk9fGeIIumRDQrDozYDcev9LVQwUzzfAdG5RQv/hiZCmJLFElQZ",
  "/ZrrolGWPJYenz/ft8mxKIECgYEA/K3SJZLQ8VHA2Hi8SP/8bDeEfkHnQcBe9anzXP8/wuu4hgBe+l8MjxPHuSsVIyn93t9+y1E/Kta7+I3UqbGJgP6BQVrp",
  "eW/W21uyU3vrDDy2Gfrs1xd9rjx6YlUiJlPezCv8VtwTdcmqBuIph9UIlMfjzsmehPITFLefhUO5jFkCgYEA8LQIOvmBUqhaD56yPLtpPNa5pjBbSbLKS+rG",
  "Ztu/rfdO8w+5RokZfSQQuchhtazFEIBxGryw/Neu8nkk6se33rYrHrRayIgSj0rIbqPCKposvPfbnyIuPGFl52KK869n21rD0P6CcgJGTsNZMurCUzJmhEWX",
  "Ff0YgpvLMXYthkECgYEAg9vRhnoPP1+CW3TmDNJJT8/I/Ho3zEAvTdPag/VPuNB6ArO+3LktPJz95MtuxGLtcJkA+ej0Jc7ZWOPqzoMvVnl5yjk/DXgnj2FS",
  "te48wq4L+ZLQdY50r7AvzZDPuWCbK8DodgtyvEz4xY7QTWoGiF2nrAnbB1WsT2tje4/UDEECgYA8faIL4CRF95Uak9FLPfYGmhfx0fk/HjWEuq29r8AOIjav",
  "EuaG+XF0Z5nkdp1HoPGtYfoKtBzuje2jdhp2/lYRHErd3olqF/hCFpMkavci6bgQjWGeLmLcPcX0TmmJMC2zjK3lWfDCYhv1M1a5WxIXAnWNDEgZ+I8uU6TO",
  "+1oZgQKBgGhQ0h5ArTrFdQI+fMfPSZ8uXa6uk1cZDPtvlQg4LQApHjKLrIUgPZalCUG24KjfrKxLFV2O/+dWnxRA0QvrPf4AoGayv7ExzgobYYcBOoBCDpxr",
  "plgOqhALC1qbj9IGsrc+F359UW+wIoMhct5LlFWG/EDmkofL/tikzLhfgIu8",
].join("");

/** Settings of `pdndFields` by which an adapter is that client. */
export const simulatedClient = {
  clientId: "3f0c6f0e-0d5b-4a43-9d0c-2f1b8a6e7c11",
  keyId: "darsena-simulated-key",
  privateKey: PRIVATE_KEY,
  purposeId: "b8e4a4f2-6f5d-4c7e-8a39-51d2c0f3e922",
  assertionAudience: "auth.interop.pagopa.it/client-assertion",
} as const;

/** Its public key, as base64 of the SPKI: what is registered at the authority. */
export const simulatedPublicKey = (): string =>
  createPublicKey(privateKeyOf(PRIVATE_KEY)).export({ format: "der", type: "spki" }).toString("base64");
