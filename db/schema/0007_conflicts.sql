-- Two more reasons: 4 one of the accounts may not log in, 5 an operator has undone their merge.
ALTER TABLE account_conflict
	DROP CONSTRAINT IF EXISTS account_conflict_reason,
	ADD CONSTRAINT account_conflict_reason CHECK (reason BETWEEN 1 AND 5);
