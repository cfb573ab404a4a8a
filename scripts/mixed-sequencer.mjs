import { statSync } from "node:fs";
import { requireOfJest } from "./require-of-jest.cjs";

const Sequencer = requireOfJest("@jest/test-sequencer").default;

/**
 * The largest files first, and the dashboard's, which keep a processor busy with a browser, spread among the others, which mostly wait: side by
 * side several browsers would only slow each other.
 */
export default class MixedSequencer extends Sequencer {
  sort(tests) {
    const bySize = tests.map((test) => ({ test, size: statSync(test.path).size })).sort((a, b) => b.size - a.size);
    const isOfBrowser = ({ test }) => test.path.includes("/test/dashboard/");
    const [browser, others] = [bySize.filter(isOfBrowser), bySize.filter((one) => !isOfBrowser(one))];
    const each = Math.ceil(others.length / (browser.length + 1));
    const mixed = browser.flatMap((one, at) => [one, ...others.slice(at * each, (at + 1) * each)]);
    return [...mixed, ...others.slice(browser.length * each)].map(({ test }) => test);
  }
}
