/** Tests are ES modules, as is everything they load, so jest runs with Node's VM modules (see the `jest` script). */
export default {
  testEnvironment: 'node',
  // Jest leaves a core free; the end-to-end tests mostly wait, so both are put to work.
  maxWorkers: '100%',
  // A busy machine is no failure: nothing here promises a time.
  testTimeout: 30_000,
  globalSetup: '<rootDir>/test/e2e/shared-folder.js',
  globalTeardown: '<rootDir>/test/e2e/shared-folder-end.js',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/workflows/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.millrace'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } }],
  },
};
