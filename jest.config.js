/** Tests run as native ES modules; the transform only strips types. Run them through `npm test` (it sets --experimental-vm-modules). */
const long = process.env.FAULTS === "long";

export default {
  rootDir: import.meta.dirname,
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  // The fault batteries that take minutes run by themselves: `npm run test:faults`.
  testMatch: long ? ["**/faults/long/*.test.ts"] : ["**/*.test.ts"],
  testPathIgnorePatterns: long ? [] : ["/faults/long/"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": ["@swc/jest", { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "es6" } }],
  },
  globalSetup: "<rootDir>/test/support/global-setup.ts",
  globalTeardown: "<rootDir>/test/support/global-teardown.ts",
  // On two processors: most files wait more than they compute. The long batteries load the machine themselves.
  maxWorkers: long ? 2 : 3,
  testSequencer: "<rootDir>/scripts/mixed-sequencer.mjs",
  reporters: ["default", "<rootDir>/scripts/slowest-files.mjs"],
  // A test that failed may have left a process running. A person sees it and stops the run; CI must end by itself.
  forceExit: Boolean(process.env.CI),
  testTimeout: long ? 300_000 : 20_000,
};
