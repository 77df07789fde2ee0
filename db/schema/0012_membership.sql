-- A role of an account in a community was called user_member in databases made before 0.1.0.
RENAME TABLE IF EXISTS user_member TO membership;
