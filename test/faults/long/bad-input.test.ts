// The same battery, ten times as deep.
import "../bad-input.test.ts";
