import { createSessionUse } from "./session-use.ts";

/** One for the page, as its session is one. */
export const sessionUse = createSessionUse(new BroadcastChannel("lever-connector-session"));
