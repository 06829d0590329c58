package mockservices

func serveBenchmarkedStore() bool { return false }
