ff_test(classify_rules_test SOURCES classify_rules_test.c DEPENDS ff::classify)
