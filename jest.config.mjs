/** One jest for the whole repository: the sources run as they are, through Node's own type stripping. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/packages', '<rootDir>/services', '<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.mjs' },
  globalSetup: '<rootDir>/test/env/setup.ts',
  globalTeardown: '<rootDir>/test/env/teardown.ts',
  testTimeout: 30_000,
};
