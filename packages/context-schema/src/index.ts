export {
  compileContextSchema,
  declares,
  type Checked,
  type CompiledSchema,
  type Context,
  type ContextSchema,
  type Declared,
} from './compile.ts';
export { sampleContext } from './sample.ts';
export { SCHEMA_LIMITS } from './limits.ts';
export { MASK, mask, sensitiveIn } from './sensitive.ts';
