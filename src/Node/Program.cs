Console.WriteLine("postfleet");
