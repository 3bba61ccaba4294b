import { describe, expect, test } from '@jest/globals';
import { createLog } from '../../../local/log.ts';
import { createDeployer } from '../../../local/template/deployer.ts';
import { writeAssembly } from './cloud-assembly.ts';

const resource = (Type: string) => (Properties: object) => ({ Type, Properties });
const thing = resource('Test::Thing');
const renewed = resource('Test::Renewed');

/** A deployer that notes what it does to each resource; one whose colour is `broken` can't be provisioned. */
function createWorld() {
  const done: string[] = [];
  const note = (what: string, { logicalId, properties }: { logicalId: string; properties: Readonly<Record<string, unknown>> }) =>
    void done.push(`${what} ${logicalId} ${properties.colour}`);
  const provision = (given: Parameters<typeof note>[1]) => {
    if (given.properties.colour === 'broken') throw new Error('That is no colour.');
    note('make', given);
    return { ref: String(given.properties.name ?? given.logicalId), attributes: {} };
  };
  const deployer = createDeployer({
    provisioners: { 'Test::Thing': provision, 'Test::Renewed': provision },
    removers: { 'Test::Thing': (given) => note('remove', given) },
    isRenewed: (type) => type === 'Test::Renewed',
    customResources: () => ({
      provision: () => ({ ref: '', attributes: {} }),
      removeMissing: async () => undefined,
      close: async () => undefined,
    }),
    log: createLog({ verbose: false, write: () => undefined }),
  });
  return {
    /** What a deployment of these resources does, and how it fails. */
    async deploy(Resources: Record<string, object>): Promise<{ done: string[]; error?: string }> {
      done.length = 0;
      // Assets stay where they are, as in a folder into which the app is synthesized again.
      const failure = await deployer.deploy(writeAssembly({ S: { template: { Resources } } }, {}, folder)).then(
        () => undefined,
        (error: Error) => error.message,
      );
      return { done: [...done], ...(failure !== undefined && { error: failure }) };
    },
  };
}
const folder = writeAssembly({});

describe('a deployment over another', () => {
  test('makes what is new or changed, leaves the rest alone and removes what left', async () => {
    const world = createWorld();
    await world.deploy({ A: thing({ colour: 'red' }), B: thing({ colour: 'red' }), C: thing({ colour: 'red' }) });

    const { done } = await world.deploy({ A: thing({ colour: 'red' }), B: thing({ colour: 'blue' }), D: thing({ colour: 'red' }) });

    expect(done).toEqual(['make B blue', 'make D red', 'remove C red']);
  });

  test('makes anew what is only whole together', async () => {
    const world = createWorld();
    await world.deploy({ A: renewed({ colour: 'red' }) });

    expect(await world.deploy({ A: renewed({ colour: 'red' }) })).toEqual({ done: ['make A red'] });
  });

  test('removes what a changed resource was, if it became another one', async () => {
    const world = createWorld();
    await world.deploy({ A: thing({ colour: 'red', name: 'old' }) });

    const { done } = await world.deploy({ A: thing({ colour: 'blue', name: 'new' }) });

    expect(done).toEqual(['make A blue', 'remove A red']);
  });

  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html: a failed update is rolled back.
  test('that fails is undone', async () => {
    const world = createWorld();
    await world.deploy({ A: thing({ colour: 'red' }), B: thing({ colour: 'red' }) });

    const { done, error } = await world.deploy({
      A: thing({ colour: 'blue' }),
      B: { ...thing({ colour: 'broken' }), DependsOn: ['A', 'C'] },
      C: thing({ colour: 'red' }),
    });

    expect(error).toMatch(/^S\/B \(Test::Thing\): That is no colour\.$/);
    expect(done).toEqual(['make A blue', 'make C red', 'make A red', 'make B red', 'remove C red']);
    expect(await world.deploy({ A: thing({ colour: 'red' }), B: thing({ colour: 'red' }) })).toEqual({ done: [] });
  });
});
