import type { Print } from './print.ts';
import {
  inverseOf,
  is,
  lineIn,
  nameOf,
  programOf,
  type Block,
  type Content,
  type Mustache,
  type Statement,
} from './ast.ts';

/** Something that is wrong at a place of the text that was read last. */
export interface Finding {
  readonly offset: number;
  readonly message: string;
}

/**
 * The language around the values, as a machine: a `Place` is where the output stands, and says all that matters for what
 * may follow. The machine must be deterministic, and `value` must hold for every value that its `Print` can write.
 */
export interface Machine<Place> {
  readonly start: Place;
  read(place: Place, text: string): Reading<Place>;
  /** A value is written here. */
  value(
    place: Place,
    statement: Mustache,
  ): { readonly print: Print; readonly place: Place } | { readonly refused: string };
  /** Places with the same key have the same future. */
  key(place: Place): string;
  /** Branches may end in different places of one family; undefined where no block may begin or end. */
  family(place: Place): string | undefined;
  /** Where the place is, in words: "in text". */
  describe(place: Place): string;
  /** What is wrong when the output ends here. */
  end(place: Place): string | undefined;
}

export interface Reading<Place> {
  readonly place: Place;
  readonly findings: readonly Finding[];
  /** Offsets in the text at which the content proper may begin; the better the higher `rank`. */
  readonly beginnings?: readonly { readonly offset: number; readonly rank: number }[];
}

/** A place in a template: in the value of one of its content statements, outside of blocks. */
export interface Beginning {
  readonly statement: Content;
  readonly offset: number;
}

export interface Positions {
  readonly prints: ReadonlyMap<Mustache, Print>;
  /** Each begins with its line. */
  readonly messages: readonly string[];
  readonly beginning: Beginning | undefined;
}

const MAX_MESSAGES = 20;

/** More ways than this to come to one place are not followed. */
const MAX_PLACES = 16;
/** Loops are followed twice where their body does not end as it began, and loops inside of them as often again. */
const MAX_VISITS = 50_000;
const TOO_MANY_WAYS = 'too many ways lead here: close tags and attributes inside of the block that opens them';

/** Ends the search at the statement that is being read: nothing can be said of what is behind it. */
export class Unreadable extends Error {}

/**
 * Decides for every value how it is written, from where it stands on every way through the template: the branches of a
 * block are followed each on its own, and a loop's body must end where it began, so that two passes stand for all.
 */
export function findPositions<Place>(program: hbs.AST.Program, machine: Machine<Place>): Positions {
  const prints = new Map<Mustache, Print>();
  const messages = new Set<string>();
  let beginning: (Beginning & { readonly rank: number }) | undefined;
  let depth = 0;
  let visits = 0;
  let said = 0;
  let line = 1;
  const say = (at: number, message: string): void => {
    messages.add(`line ${String(at)}: ${message}`);
    // Counted as often as they are found: finding the line of each is not free.
    if (++said >= MAX_MESSAGES) throw new Unreadable();
  };

  function walk(body: readonly Statement[], from: readonly Place[]): readonly Place[] {
    let places = from;
    let text: Content[] = [];
    const readText = (): void => {
      if (text.length > 0) places = read(text, places);
      text = [];
    };
    for (const statement of body) {
      line = statement.loc.start.line;
      if (++visits > MAX_VISITS) throw new Unreadable(TOO_MANY_WAYS);
      if (is.content(statement)) text.push(statement);
      else if (is.mustache(statement)) {
        readText();
        places = value(statement, places);
      } else if (is.block(statement)) {
        readText();
        places = block(statement, places);
      }
    }
    readText();
    return places;
  }

  function read(statements: readonly Content[], from: readonly Place[]): readonly Place[] {
    const text = statements.map((statement) => statement.value).join('');
    return distinct(
      from.map((place) => {
        const { place: next, findings, beginnings = [] } = machine.read(place, text);
        for (const { offset, message } of findings) {
          const found = locate(statements, offset);
          say(found ? lineIn(found.statement, found.offset) : 1, message);
        }
        for (const { offset, rank } of beginnings) {
          const found = locate(statements, offset);
          if (depth === 0 && found && rank > (beginning?.rank ?? 0)) beginning = { ...found, rank };
        }
        return next;
      }),
    );
  }

  function value(statement: Mustache, from: readonly Place[]): readonly Place[] {
    const next: Place[] = [];
    const found = new Set<Print>();
    for (const place of from) {
      const answer = machine.value(place, statement);
      if ('refused' in answer) {
        say(statement.loc.start.line, answer.refused);
        if (machine.family(place) === undefined) throw new Unreadable();
        next.push(place);
      } else {
        found.add(answer.print);
        next.push(answer.place);
      }
    }
    const [print] = found;
    if (found.size > 1)
      throw new Unreadable(`the position of a value depends on the branches before it: ${list(from)}`);
    if (print !== undefined) prints.set(statement, print);
    return distinct(next);
  }

  function block(statement: Block, from: readonly Place[]): readonly Place[] {
    const { line: begin } = statement.loc.start;
    if (families(from)?.size !== 1) throw new Unreadable(`a block cannot begin ${list(from)}`);
    depth += 1;
    const ends = distinct([
      ...(nameOf(statement.path) === 'each' ? repeated(statement, from) : walk(bodyOf(statement), from)),
      ...walk(inverseOf(statement)?.body ?? [], from),
    ]);
    depth -= 1;
    if (families(ends)?.size !== 1) {
      line = begin;
      throw new Unreadable(`the branches of {{#${nameOf(statement.path)}}} end in different positions: ${list(ends)}`);
    }
    return ends;
  }

  /** Where passes through a loop end: what holds for the places before and behind its body holds for all passes. */
  function repeated(statement: Block, from: readonly Place[]): readonly Place[] {
    const all = (places: readonly Place[]): Place[] => [...distinct([...from, ...places])];
    const once = walk(bodyOf(statement), from);
    const same = (places: readonly Place[]): boolean => families([...from, ...places])?.size === 1;
    if (same(once) && all(once).length === from.length) return once;
    const again = same(once) ? walk(bodyOf(statement), all(once)) : once;
    if (!same(again) || all(again).length > all(once).length) {
      line = statement.loc.start.line;
      const message = `the body of {{#each}} must end where it began: it begins ${list(from)}, and ends ${list(again)}`;
      throw new Unreadable(message);
    }
    return again;
  }

  function families(places: readonly Place[]): ReadonlySet<string> | undefined {
    const found = places.map(machine.family);
    return found.every((family) => family !== undefined) ? new Set(found) : undefined;
  }

  function distinct(places: readonly Place[]): readonly Place[] {
    const byKey = new Map(places.map((place) => [machine.key(place), place]));
    if (byKey.size > MAX_PLACES) throw new Unreadable(TOO_MANY_WAYS);
    return [...byKey.values()];
  }

  const list = (places: readonly Place[]): string => [...new Set(places.map(machine.describe))].join(', or ');

  try {
    for (const place of walk(program.body, [machine.start])) {
      const message = machine.end(place);
      if (message !== undefined) say(lastLine(program), message);
    }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    if (error.message !== '') messages.add(`line ${String(line)}: ${error.message}`);
  }
  return { prints, messages: [...messages], beginning };
}

const bodyOf = (block: Block): readonly Statement[] => programOf(block)?.body ?? [];

/** An offset in the joined values of statements. */
function locate(statements: readonly Content[], offset: number): Beginning | undefined {
  let left = offset;
  for (const statement of statements) {
    if (left <= statement.value.length) return { statement, offset: left };
    left -= statement.value.length;
  }
  return undefined;
}

const lastLine = ({ body }: hbs.AST.Program): number => body.at(-1)?.loc.end.line ?? 1;

/** A language in which every place is like every other. */
export const textMachine = (print: Print): Machine<'text'> => ({
  start: 'text',
  read: (place) => ({ place, findings: [] }),
  value: (place) => ({ print, place }),
  key: (place) => place,
  family: (place) => place,
  describe: () => 'in text',
  end: () => undefined,
});
