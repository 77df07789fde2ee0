-- Administrative divisions, communities, organisations, and the residents and accounts that belong to them.

-- level: 1 province, 2 city, 3 county, 4 town, 5 village; code: the short form of 2, 4, 6, 9 or 12 digits as a number.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS region (
	code BIGINT NOT NULL,
	level TINYINT NOT NULL,
	name VARCHAR(64) NOT NULL,
	PRIMARY KEY (code),
	CONSTRAINT region_level CHECK (level BETWEEN 1 AND 5)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- A sample, until the public table is imported.
INSERT IGNORE INTO region (code, level, name) VALUES
	(11, 1, '北京市'), (12, 1, '天津市'), (13, 1, '河北省'), (14, 1, '山西省'), (15, 1, '内蒙古自治区'),
	(21, 1, '辽宁省'), (22, 1, '吉林省'), (23, 1, '黑龙江省'), (31, 1, '上海市'), (32, 1, '江苏省'),
	(33, 1, '浙江省'), (34, 1, '安徽省'), (35, 1, '福建省'), (36, 1, '江西省'), (37, 1, '山东省'),
	(41, 1, '河南省'), (42, 1, '湖北省'), (43, 1, '湖南省'), (44, 1, '广东省'), (45, 1, '广西壮族自治区'),
	(46, 1, '海南省'), (50, 1, '重庆市'), (51, 1, '四川省'), (52, 1, '贵州省'), (53, 1, '云南省'),
	(54, 1, '西藏自治区'), (61, 1, '陕西省'), (62, 1, '甘肃省'), (63, 1, '青海省'), (64, 1, '宁夏回族自治区'),
	(65, 1, '新疆维吾尔自治区'),
	(1101, 2, '市辖区'), (110101, 3, '东城区'), (110101001, 4, '东华门街道'),
	(110101001001, 5, '多福巷社区居委会'),
	(4301, 2, '长沙市'), (430102, 3, '芙蓉区'), (430102001, 4, '文艺路街道'),
	(430102001001, 5, '识字里社区居委会'),
	(4419, 2, '东莞市'), (441900, 3, '东莞市'), (441900003, 4, '东城街道'),
	(441900003001, 5, '岗贝社区居民委员会');

-- region_level: RL and ORL of the original, 0 all. business_type and unit_type are numbers that the tenant chooses.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS organisation (
	id BIGINT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	name VARCHAR(64) NOT NULL,
	region_level INT NOT NULL DEFAULT 0,
	business_type INT NOT NULL DEFAULT 0,
	unit_type INT NOT NULL DEFAULT 1,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY organisation_name (tenant_id, name),
	UNIQUE KEY organisation_in_tenant (id, tenant_id),
	CONSTRAINT organisation_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- region_code has the short form; NULL: the community has no one place. The first resident of a region creates its community.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS community (
	id BIGINT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	name VARCHAR(64) NOT NULL,
	region_code BIGINT NULL,
	organisation_id BIGINT NULL,
	region_level INT NOT NULL DEFAULT 0,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY community_region (tenant_id, region_code),
	UNIQUE KEY community_in_tenant (id, tenant_id),
	CONSTRAINT community_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id),
	CONSTRAINT community_organisation FOREIGN KEY (organisation_id, tenant_id)
		REFERENCES organisation (id, tenant_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- A tenant's name for a RoleType. One without a row is 居民.
-- Personal data: none.
CREATE TABLE IF NOT EXISTS role_type (
	tenant_id INT NOT NULL,
	role_type INT NOT NULL,
	name VARCHAR(64) NOT NULL,
	PRIMARY KEY (tenant_id, role_type),
	CONSTRAINT role_type_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- A role that an account has in a community; deleted with the account. dutys and role_ids are JSON arrays of numbers.
-- Personal data: by account.
-- Exported: community_id, role_type, user_id, corp_id, dutys, role_ids, created_at.
-- Technical: id, tenant_id, account_id.
CREATE TABLE IF NOT EXISTS membership (
	id BIGINT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	account_id BINARY(16) NOT NULL,
	community_id BIGINT NOT NULL,
	role_type INT NOT NULL DEFAULT 0,
	user_id VARCHAR(64) NULL,
	corp_id VARCHAR(64) NULL,
	dutys VARCHAR(1024) NOT NULL DEFAULT '[]',
	role_ids VARCHAR(1024) NOT NULL DEFAULT '[]',
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY membership_role (account_id, community_id, role_type),
	CONSTRAINT membership_account FOREIGN KEY (account_id, tenant_id) REFERENCES account (id, tenant_id)
		ON DELETE CASCADE,
	CONSTRAINT membership_community FOREIGN KEY (community_id, tenant_id)
		REFERENCES community (id, tenant_id),
	CONSTRAINT membership_lists CHECK (JSON_VALID(dutys) AND JSON_VALID(role_ids))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

-- A resident: who a WeChat user is and where the user lives, as told by the user. A code has confirmed the phone. region_code has
-- the form in which it was given.
-- Personal data: by wechat_user.
-- Exported: id, name, phone, id_card, region_code, region_names, head_portrait, created_at, modified_at.
-- Secret: phone_hash, phone_hash_next, id_card_hash, id_card_hash_next.
-- Technical: tenant_id, row_uuid, wechat_user_id.
CREATE TABLE IF NOT EXISTS resident (
	id BIGINT NOT NULL AUTO_INCREMENT,
	tenant_id INT NOT NULL,
	row_uuid BINARY(16) NOT NULL,
	wechat_user_id INT NOT NULL,
	name VARCHAR(64) NOT NULL,
	phone VARBINARY(160) NOT NULL,
	phone_hash BINARY(32) NOT NULL,
	phone_hash_next BINARY(32) NULL,
	id_card VARBINARY(128) NULL,
	id_card_hash BINARY(32) NULL,
	id_card_hash_next BINARY(32) NULL,
	region_code BIGINT NOT NULL,
	region_names VARBINARY(1056) NULL,
	head_portrait VARCHAR(512) NOT NULL DEFAULT '',
	created_at DATETIME(6) NOT NULL,
	modified_at DATETIME(6) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY resident_user (wechat_user_id),
	KEY resident_of_phone (tenant_id, phone_hash),
	CONSTRAINT resident_of_user FOREIGN KEY (wechat_user_id) REFERENCES wechat_user (id),
	CONSTRAINT resident_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
