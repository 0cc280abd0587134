# kafka: what both sides need of Kafka; brokers are tried in ingest.cmake and suppress.cmake.
ff_test(kafka_client_test SOURCES kafka_client_test.c DEPENDS ff::kafka PkgConfig::RDKAFKA)
