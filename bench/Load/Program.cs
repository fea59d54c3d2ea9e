using System.Net.Sockets;
using Postfleet.Load;

try
{
    var plan = Plan.Read(args);
    using var sink = new Sink();
    using var dns = new DnsResponder(plan.Sites);
    sink.Start(plan.SinkPort);
    if (plan.DnsPort > 0) dns.Start(plan.DnsPort);
    return await new Run(plan, sink, dns).RunAsync(Console.Out) ? 0 : 1;
}
catch (ArgumentException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    await Console.Error.WriteLineAsync(Plan.Usage);
    return 2;
}
catch (SocketException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
