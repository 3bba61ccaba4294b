import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { AccountRootPrincipal, PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { INDEXES, TABLE_KEY } from '../core/keys.ts';
import type { SecretKind } from '../core/secrets/vault.ts';
import { type Access, grant } from './access.ts';
import type { StageConfig } from './config.ts';

type ItemAction = 'GetItem' | 'BatchGetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem';

export interface StateStackProps extends StackProps {
  /** The settings of its stage: `configOf(stage)`, or some of them changed. */
  readonly config: StageConfig;
}

/** What must survive: the table, the key, and the bucket for payloads that don't fit on the bus. */
export class StateStack extends Stack {
  readonly table: Table;
  readonly key: Key;
  readonly payloads: Bucket;

  constructor(scope: Construct, id: string, props: StateStackProps) {
    super(scope, id, props);
    const { protectState } = props.config;
    const removalPolicy = protectState ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    this.key = new Key(this, 'Key', {
      description: 'Encrypts the logs, and the secrets of subscriptions and triggers.',
      enableKeyRotation: true,
      policy: this.keyPolicy(),
      removalPolicy,
    });

    this.table = new Table(this, 'Table', {
      partitionKey: { name: TABLE_KEY.partition, type: AttributeType.STRING },
      sortKey: { name: TABLE_KEY.sort, type: AttributeType.STRING },
      timeToLiveAttribute: TABLE_KEY.expiry,
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: protectState,
      removalPolicy,
    });
    for (const index of Object.values(INDEXES)) {
      this.table.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: { name: index.partition, type: AttributeType.STRING },
        sortKey: { name: index.sort, type: AttributeType.STRING },
        projectionType: ProjectionType.KEYS_ONLY,
      });
    }

    this.payloads = new Bucket(this, 'Payloads', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      // As long as the runs that name them.
      lifecycleRules: [{ expiration: Duration.days(90), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy,
    });
    Validations.of(this.payloads).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'One function writes it and every object expires; who reads is known from CloudTrail, without a second bucket of logs.',
    });
  }

  /** Single items, by their key. Nothing here reaches an index. */
  items(...actions: ItemAction[]): Access<'TABLE_NAME'> {
    return {
      variables: { TABLE_NAME: this.table.tableName },
      grantTo: (fn) =>
        grant(
          fn,
          actions.map((action) => `dynamodb:${action}`),
          this.table.tableArn,
        ),
    };
  }

  /** The items of a partition, such as an event's runs. */
  partitions(): Access<'TABLE_NAME'> {
    return {
      variables: { TABLE_NAME: this.table.tableName },
      grantTo: (fn) => grant(fn, ['dynamodb:Query'], this.table.tableArn),
    };
  }

  /** Lists, by the indexes named. */
  lists(...indexes: (keyof typeof INDEXES)[]): Access<'TABLE_NAME'> {
    return {
      variables: { TABLE_NAME: this.table.tableName },
      grantTo: (fn) =>
        grant(fn, ['dynamodb:Query'], ...indexes.map((index) => `${this.table.tableArn}/index/${INDEXES[index].name}`)),
    };
  }

  /** Storing payloads too large for the bus, and bodies too large for the table. */
  payloadStore(): Access<'PAYLOAD_BUCKET'> {
    return this.payloadAccess('s3:PutObject');
  }

  /**
   * Storing them, and reading them again. Who may not list the bucket is told 403 of an object that is not there, not 404
   * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
   */
  payloadReplay(): Access<'PAYLOAD_BUCKET'> {
    const { variables, grantTo } = this.payloadAccess('s3:PutObject', 's3:GetObject');
    return {
      variables,
      grantTo: (fn) => {
        grantTo(fn);
        grant(fn, ['s3:ListBucket'], this.payloads.bucketArn);
      },
    };
  }

  private payloadAccess(...actions: string[]): Access<'PAYLOAD_BUCKET'> {
    return {
      variables: { PAYLOAD_BUCKET: this.payloads.bucketName },
      grantTo: (fn) => {
        grant(fn, actions, this.payloads.arnForObjects('*'));
        const { 'Fn::ImportValue': bucketArn } = this.resolve(this.exportValue(this.payloads.bucketArn));
        Validations.of(fn.role ?? fn).acknowledge({
          id: `AwsSolutions-IAM5[Resource::${bucketArn}/*]`,
          reason:
            'Every payload is an object of its own under its workspace: one grant for all can be no narrower than the bucket.',
        });
      },
    };
  }

  /** Encrypting secrets of these kinds. */
  sealingSecrets(...kinds: SecretKind[]): Access<'SECRETS_KEY_ARN'> {
    return this.secrets('kms:Encrypt', kinds);
  }

  /** Decrypting them. */
  openingSecrets(...kinds: SecretKind[]): Access<'SECRETS_KEY_ARN'> {
    return this.secrets('kms:Decrypt', kinds);
  }

  private secrets(action: 'kms:Encrypt' | 'kms:Decrypt', kinds: readonly SecretKind[]): Access<'SECRETS_KEY_ARN'> {
    return {
      variables: { SECRETS_KEY_ARN: this.key.keyArn },
      grantTo: (fn) =>
        fn.addToRolePolicy(new PolicyStatement({ actions: [action], resources: [this.key.keyArn], conditions: contextOf(kinds) })),
    };
  }

  private keyPolicy(): PolicyDocument {
    return new PolicyDocument({
      statements: [
        // The account administers the key through IAM, as AWS advises
        // (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html); its actions named one by one.
        new PolicyStatement({
          principals: [new AccountRootPrincipal()],
          actions: KEY_ADMINISTRATION.map((action) => `kms:${action}`),
          resources: ['*'],
        }),
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        new PolicyStatement({
          principals: [new ServicePrincipal(`logs.${this.region}.amazonaws.com`)],
          actions: KEY_USE.map((action) => `kms:${action}`),
          resources: ['*'],
          conditions: {
            ArnLike: {
              'kms:EncryptionContext:aws:logs:arn': this.formatArn({ service: 'logs', resource: 'log-group:*' }),
            },
          },
        }),
      ],
    });
  }
}

/**
 * An encryption context with all keys of a secret's owner and no others, so that nothing else under the key, the logs among it, can be
 * decrypted. `ForAllValues` alone would hold without any context
 * (https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context-keys).
 */
const contextOf = (kinds: readonly SecretKind[]) => ({
  StringEquals: { 'kms:EncryptionContext:kind': [...kinds] },
  Null: { 'kms:EncryptionContext:workspace': 'false', 'kms:EncryptionContext:id': 'false' },
  'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['workspace', 'kind', 'id'] },
});

const KEY_USE = [
  'Encrypt',
  'Decrypt',
  'ReEncryptFrom',
  'ReEncryptTo',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'DescribeKey',
] as const;

const KEY_ADMINISTRATION = [
  ...KEY_USE,
  'CancelKeyDeletion',
  'CreateAlias',
  'CreateGrant',
  'DeleteAlias',
  'DisableKey',
  'DisableKeyRotation',
  'EnableKey',
  'EnableKeyRotation',
  'GetKeyPolicy',
  'GetKeyRotationStatus',
  'ListGrants',
  'ListKeyPolicies',
  'ListKeyRotations',
  'ListResourceTags',
  'PutKeyPolicy',
  'RevokeGrant',
  'RotateKeyOnDemand',
  'ScheduleKeyDeletion',
  'TagResource',
  'UntagResource',
  'UpdateAlias',
  'UpdateKeyDescription',
] as const;
