/** A connection to Temporal that is made when it is first used, gives up quickly, and heals by itself. */
import { Connection, type ConnectionOptions, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from "@temporalio/client";

/**
 * Connects lazily: opening never waits and never fails, so that a gateway starts before Temporal does. A call that finds no
 * server fails within a second (three attempts), and a lost channel is tried again at least every second.
 */
export function connectLazily(options: Pick<ConnectionOptions, "address" | "tls" | "apiKey" | "metadata">): Connection {
  return Connection.lazy({
    ...options,
    interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: 3 }))],
    channelArgs: {
      "grpc.initial_reconnect_backoff_ms": 200,
      "grpc.max_reconnect_backoff_ms": 1_000,
      "grpc.keepalive_permit_without_calls": 1,
      "grpc.keepalive_time_ms": 30_000,
      "grpc.keepalive_timeout_ms": 15_000,
    },
  });
}
