import { runSplit, THREE } from './support/split.ts';

await runSplit('creation of profiles', () => import('../e2e/profile-creation.test.ts'), THREE);
