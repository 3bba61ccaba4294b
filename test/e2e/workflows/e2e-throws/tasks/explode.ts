class Explosion extends Error {
  override readonly name = 'Explosion';
}

export async function handler(): Promise<never> {
  throw new Explosion('It went off.');
}
