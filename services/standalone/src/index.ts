export { runStandalone } from './run.ts';
export { startStandalone, type Standalone, type StandaloneOptions } from './start.ts';
