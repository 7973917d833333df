print("circular init")
