SET lock_timeout = '5s';

-- On which device a mandate was given, where it was given on one: it ends with the device.
ALTER TABLE tender.mandate ADD COLUMN device uuid;
