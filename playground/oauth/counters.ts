/** What the token endpoint has seen, for tests of refreshing. */
export interface TokenCounters {
  tokenRequests: number;
  exchanges: number;
  refreshes: number;
  refused: number;
  reuseDetected: number;
  familiesRevoked: number;
  inFlight: number;
  maxInFlight: number;
}

export function createTokenCounters(): TokenCounters {
  return {
    tokenRequests: 0,
    exchanges: 0,
    refreshes: 0,
    refused: 0,
    reuseDetected: 0,
    familiesRevoked: 0,
    inFlight: 0,
    maxInFlight: 0,
  };
}
