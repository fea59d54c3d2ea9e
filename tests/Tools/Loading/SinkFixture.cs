using System.Globalization;
using System.Text;
using Postfleet.Testing;
using Postfleet.Tools.Loading;

namespace Postfleet.Tools.Tests.Loading;

/// <summary>A sink with a ledger, and the octets of a sender.</summary>
internal sealed class SinkFixture : IDisposable
{
    private const uint Run = 0x12345678;

    private readonly Sink _sink = new();

    public SinkFixture(int octets = 1, int recipients = 1)
    {
        Ledger = new(new Plan { Port = 1, Messages = 100, Octets = octets, Recipients = recipients }, Run);
        _sink.Ledger = Ledger;
        Port = _sink.Start(0);
    }

    public static TimeSpan Limit => TimeSpan.FromMinutes(1);

    public int Port { get; }

    public int Connections => _sink.Connections;

    public Ledger Ledger { get; }

    /// <summary>The header field that says which message it is.</summary>
    public static string Mark(int number) => string.Create(CultureInfo.InvariantCulture, $"X-Load: {Run:x8}-{number:0000000000}");

    /// <summary>The address of a recipient of a message.</summary>
    public static string Recipient(int recipient, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"r{recipient}.{number}@d0.bench.test");

    /// <summary>Says that a message was accepted, so that it is missed.</summary>
    public void Accept(int number)
    {
        Ledger.Send(number);
        Ledger.Accept(number);
    }

    public Task ConnectedAsync(int connections) =>
        Eventually.True(() => Connections >= connections, Limit, $"{connections} connections");

    public void Dispose() => _sink.Dispose();

    /// <summary>Octets of a message on the wire: with its CRLF line ends and stuffed dots, without the final dot.</summary>
    public static int OnTheWire(string content) =>
        Encoding.UTF8.GetByteCount(content) + content.Split("\r\n").Count(line => line.StartsWith('.'));
}
