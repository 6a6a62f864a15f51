/** What was stored by this package as the JSON of a `T`. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters, typescript/no-unsafe-type-assertion -- see above
export const fromJson = <T>(json: string): T => JSON.parse(json) as T;
