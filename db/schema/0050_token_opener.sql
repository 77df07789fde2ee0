-- api_key_id: the API key by which a tenant's server opened the login, without a proof of the person's; the login ends with that key.
-- NULL: the person proved the openid.
-- Exported: api_key_id.
ALTER TABLE access_token ADD COLUMN IF NOT EXISTS api_key_id INT NULL;
