using System.Net.Sockets;
using Postfleet.Tools;
using Postfleet.Tools.Loading;

const string Usage = $"""
    usage: Postfleet.Tools load --port N [options]
    {Plan.Usage}
           Postfleet.Tools content --octets N
                 prints the content of a message, without the header lines of --top and without a number in X-Load
           Postfleet.Tools heap --pid N [--types N]
    {Heap.Usage}
           Postfleet.Tools allocations --pid N [--seconds N]
    {Allocations.Usage}
    """;

try
{
    var arguments = new Arguments(args.AsSpan(Math.Min(1, args.Length)));
    switch (args is [var verb, ..] ? verb : "")
    {
        case "load":
            var plan = Plan.Read(arguments);
            using (var sink = plan.SinkPort > 0 ? new Sink() : null)
            using (var dns = new DnsResponder(plan.Sites))
            {
                sink?.Start(plan.SinkPort);
                if (plan.DnsPort > 0) dns.Start(plan.DnsPort);
                return await new Run(plan, sink, dns).RunAsync(Console.Out, Console.Error) ? 0 : 1;
            }

        case "content":
            var octets = arguments.Required("--octets", Content.MinOctets, 100_000_000);
            arguments.End();
            using (var output = Console.OpenStandardOutput()) output.Write(Content.Make(octets));
            return 0;

        case "heap":
            var (pid, types) = (arguments.Required("--pid", 1, int.MaxValue), arguments.Number("--types", 0, 0, 10_000));
            arguments.End();
            Heap.Print(pid, types);
            return 0;

        case "allocations":
            var (process, seconds) = (arguments.Required("--pid", 1, int.MaxValue), arguments.Number("--seconds", 10, 1, 600));
            arguments.End();
            await Allocations.PrintAsync(process, seconds, Console.Out);
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
catch (SocketException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
