import { jest } from "@jest/globals";

/**
 * On CI's shared machines a test that looks at real time may lose a race with its neighbours: it is tried once more, and the first failure
 * is printed. What fails twice fails.
 */
if (process.env.CI) jest.retryTimes(1, { logErrorsBeforeRetry: true });
