// The same battery, four times as deep.
import "../bad-input.test.ts";
