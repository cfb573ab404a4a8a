const { state } = require("./mutants-environment.cjs");
const { requireOfJest } = require("./require-of-jest.cjs");

const Sequencer = requireOfJest("@jest/test-sequencer").default;

/** First the test file that noticed the mutant before this one: neighbours in the code are mostly held by the same tests. */
module.exports = class LastNoticedFirst extends Sequencer {
  sort(tests) {
    const place = ({ path }) => (state.noticedBy.includes(path) ? state.noticedBy.indexOf(path) : Number.POSITIVE_INFINITY);
    return [...super.sort(tests)].sort((one, other) => (place(one) < place(other) ? -1 : Number(place(one) > place(other))));
  }
};
