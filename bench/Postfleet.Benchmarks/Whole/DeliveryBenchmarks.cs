using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Benchmarks.Fixtures;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool.Common;

namespace Postfleet.Benchmarks.Whole;

/// <summary>
/// The client's dialogue with a host in memory that accepts everything: the cost and the allocations of the delivery of a 4 KiB message
/// without a socket.
/// </summary>
public class DeliveryBenchmarks
{
    private readonly SmtpConnector _connector = new(
        "client.example.org", new DeliveryOptions(), new TlsClient([]), TimeProvider.System, NullLogger.Instance);
    private readonly SpooledPart _part = Mail.Spooled(new MessageContent(Mail.Content(4096)));

    [Benchmark]
    public Task OneMessageAConnection() => ConnectAsync(1);

    [Benchmark(OperationsPerInvoke = 100)]
    public Task HundredMessagesAConnection() => ConnectAsync(100);

    private async Task ConnectAsync(int messages)
    {
        var wire = new Wire();
        var host = ServeAsync(wire, messages);
        var result = await _connector.GreetAsync("mx.example.com", "mx.example.com[192.0.2.1]:25", new Transport(wire.There),
            Egress.Default, TlsState.Wanted, CancellationToken.None);
        await using var connection = ((ConnectResult.Connected)result).Connection;
        for (var i = 0; i < messages; i++)
        {
            var sent = await connection.SendAsync(_part, RecipientSet.All(1), default);
            if (sent.Outcomes is not [{ Disposition: Disposition.Delivered }])
                throw new InvalidOperationException("the message was not delivered");
        }

        await connection.QuitAsync();
        await host;
    }

    private static async Task ServeAsync(Wire wire, int messages)
    {
        await wire.SayAsync("220 mx.example.com ESMTP\r\n"u8);
        await wire.HearAsync("\r\n"u8);
        await wire.SayAsync("250-mx.example.com\r\n250-PIPELINING\r\n250-SIZE 35882577\r\n250 8BITMIME\r\n"u8);
        for (var i = 0; i < messages; i++)
        {
            await wire.HearAsync("DATA\r\n"u8);
            await wire.SayAsync("250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 go on\r\n"u8);
            await wire.HearAsync("\r\n.\r\n"u8);
            await wire.SayAsync("250 2.0.0 Ok: queued as 4CdZ7f1x9Gz2k\r\n"u8);
        }

        await wire.HearAsync("QUIT\r\n"u8);
        await wire.SayAsync("221 2.0.0 bye\r\n"u8);
    }

    private sealed class Transport(IDuplexPipe pipe) : ITransport
    {
        public IDuplexPipe Pipe => pipe;

        public (string Remote, string Local) Addresses => ("192.0.2.1", "192.0.2.2");

        public ValueTask<TlsFacts> SecureAsync(TlsClient tls, string host, TlsMode mode, CancellationToken cancellationToken) =>
            throw new NotSupportedException("there is no TLS in memory");

        public void Close(bool isAbort) => pipe.Output.Complete();
    }
}
