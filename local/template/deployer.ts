import { type Assembly, openAssembly } from './assembly.ts';
import type { CustomResources } from './custom-resource.ts';
import { type Deployment, type DeployOptions, deploy, type LiveResources } from './deploy.ts';

export interface Deployer {
  /**
   * Deploys the assembly in this folder as it is now, over what is deployed. Rejects with an `Error` when it can't be; the last good
   * one is then deployed again. One call at a time.
   */
  deploy(assemblyDir: string): Promise<Deployment>;
}

type Options = Pick<DeployOptions, 'provisioners' | 'removers' | 'isRenewed' | 'log'> & {
  /** Those of one deployment. */
  readonly customResources: () => CustomResources;
};

/** Deploys one assembly after the other in this process. */
export function createDeployer({ customResources, ...options }: Options): Deployer {
  const live: LiveResources = new Map();
  let lastGood: Assembly | undefined;

  const deployOver = (assembly: Assembly) => deploy({ ...options, assembly, live, customResources: customResources() });

  async function goBack(assembly: Assembly): Promise<void> {
    try {
      await deployOver(assembly);
    } catch (error) {
      // What made the new one fail may keep the old one from coming back; the next good one repairs it.
      options.log.line(`The last good version is back in part only: ${error instanceof Error ? error.message : error}`);
    }
  }

  return {
    async deploy(assemblyDir) {
      const assembly = openAssembly(assemblyDir);
      try {
        const deployment = await deployOver(assembly);
        lastGood = assembly;
        return deployment;
      } catch (error) {
        if (lastGood) await goBack(lastGood);
        throw error;
      }
    },
  };
}
