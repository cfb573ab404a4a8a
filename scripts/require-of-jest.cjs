const { createRequire } = require("node:module");

/** For the parts of jest itself, which are no dependencies of ours. */
module.exports.requireOfJest = createRequire(createRequire(require.resolve("jest")).resolve("@jest/core"));
