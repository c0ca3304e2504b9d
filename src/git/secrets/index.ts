import { BlobReader } from './blob.reader.js';
import { NewSecrets } from './new-secrets.service.js';
import { SecretScan } from './secret-scan.service.js';

export const SECRET_PROVIDERS = [BlobReader, SecretScan, NewSecrets];
