"""Several processes that compute together; here the group of one process, in which every exchange is the identity."""
