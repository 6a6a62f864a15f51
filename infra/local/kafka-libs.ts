import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const VERSION = '4.3.1';

/**
 * Kafka logs through slf4j, and without the binding it logs nothing. The broker itself is all that is taken: 46 jars,
 * 45 MB. The pom has no xmlns, so that no tool mistakes one for a link.
 */
const POM = `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>kafka-libs</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>2.25.4</version>
    </dependency>
  </dependencies>
</project>
`;

export const cacheFolder = (): string => process.env['HERALD_CACHE'] ?? join(homedir(), '.cache', 'herald');

/**
 * The folder of the broker's jars. Fetched from Maven Central on first use, which takes about ten seconds, and kept in
 * the cache folder. Throws an Error that says which tool is missing.
 */
export async function kafkaLibs(): Promise<string> {
  const root = join(cacheFolder(), `kafka-${VERSION}`);
  const libs = join(root, 'libs');
  requireTool('java', ['-version'], 'Java 17 or later, for example the Debian package openjdk-17-jre-headless');
  if (existsSync(libs)) return libs;
  requireTool('mvn', ['-version'], "Maven, once, to fetch Kafka's jars; for example the Debian package maven");
  await mkdir(root, { recursive: true });
  // Processes that ask at once each fetch their own copy, and the first one's stays.
  const work = await mkdtemp(join(root, 'fetch-'));
  try {
    await writeFile(join(work, 'pom.xml'), POM);
    const args = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=libs', '-DincludeScope=runtime'];
    const done = spawnSync('mvn', args, { cwd: work, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`mvn could not fetch Kafka ${VERSION}:\n${done.stdout}${done.stderr}`);
    await rename(join(work, 'libs'), libs).catch((error: unknown) => {
      if (!existsSync(libs)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return libs;
}

function requireTool(name: string, args: readonly string[], what: string): void {
  if (spawnSync(name, args, { stdio: 'ignore' }).status !== 0) {
    throw new Error(`${name} is not on the PATH; a local Kafka needs ${what}`);
  }
}
