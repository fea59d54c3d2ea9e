using Postfleet.Tools;

const string Usage = """
    usage: Postfleet.Tools load --port N --messages N [--sessions N] [--octets N] [--recipients N] [--domains N] [--first N] [--reconnect]
             sends mail over connections that are kept, each message to the next domain of d0.scale.test, d1.scale.test, ...;
             prints one JSON object with the rate, and how long the final dot waited for its 250
           Postfleet.Tools heap --pid N [--types N]
             has a .NET process collect all its garbage, and prints what is left as one JSON object; with --types, which types hold most of it
    """;

try
{
    var arguments = new Arguments(args.AsSpan(Math.Min(1, args.Length)));
    switch (args is [var verb, ..] ? verb : "")
    {
        case "load":
            await new Load(LoadPlan.Read(arguments)).RunAsync();
            return 0;
        case "heap":
            Heap.Print(arguments.Required("pid"), arguments.Number("types", 0));
            return 0;
        default:
            await Console.Error.WriteLineAsync(Usage);
            return 2;
    }
}
catch (ArgumentException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}
