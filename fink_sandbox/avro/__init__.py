"""Alert packets in Avro: their fields, their schemas as Spark writes them, and their bytes."""
