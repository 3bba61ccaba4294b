/**
 * Stands for `@aws-sdk/credential-provider-node` in every bundle (lib/bundle.ts). Lambda gives a function its credentials in its environment
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime); the SDK's provider would bring
 * along profiles, single sign-on and instance metadata, none of which is there.
 */
export const defaultProvider = () => async () => {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN } = process.env;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN !== undefined && { sessionToken: AWS_SESSION_TOKEN }),
  };
};
