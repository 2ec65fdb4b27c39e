/**
 * Ends the output of a test run with the line `N passed, N failed`, and `, N skipped` where some were.
 * A file that cannot be loaded counts as one failure. A run that executed no test fails.
 */
export default class ClosingLineReporter {
  #results;

  constructor() {
    // Jest's own summary comes after every other reporter: only the exit of the process is later.
    process.once('exit', () => this.#close());
  }

  onRunComplete(_contexts, results) {
    this.#results = results;
  }

  #close() {
    if (!this.#results) return;
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } = this.#results;
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const skipped = numPendingTests + numTodoTests;
    if (numPassedTests + failed === 0) {
      process.stderr.write('No test was executed.\n');
      process.exitCode = 1;
    }
    process.stdout.write(`${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
  }
}
