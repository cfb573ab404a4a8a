/** The environment variable that names the folder of the run's shared MongoDB server. */
export const SHARED_FOLDER = "TEST_MONGOD_DIR";

/** The environment variable that names the process whose end ends that server. */
export const SHARED_OWNER = "TEST_MONGOD_OWNER";
