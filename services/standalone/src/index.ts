export { startStandalone, type Standalone, type StandaloneOptions } from './start.ts';
