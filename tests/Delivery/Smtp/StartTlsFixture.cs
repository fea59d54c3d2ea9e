using System.Security.Authentication;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Xunit;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>A TLS client and servers on real sockets, valid and invalid.</summary>
public abstract class StartTlsFixture
{
    private protected const string Host = "mx.b.test";

    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private protected static readonly string[] InClear = ["S: 220 mx", "C: EHLO client.test", "S: 250-mx|250 STARTTLS"];
    private protected static readonly string[] Message =
    [
        "C: MAIL FROM:<from@a.test>", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: DATA", "S: 354 go", "C: *DATA*",
        "S: 250 taken",
    ];

    private protected readonly FakeTimeProvider _clock = new();

    public static TheoryData<string> Breaks => ["nonsense", "drop", "reset", "injected", "421", "tls 1.1", "after"];

    private protected static Func<SocketPeer.Call, Task> Accept(string name) => async call =>
    {
        await call.StartTlsAsync(Certificates.For(name));
        await call.PlayAsync("C: EHLO client.test", "S: 250 mx");
    };

    private protected static async Task BreakAsync(SocketPeer.Call call, string how)
    {
        await call.PlayAsync([.. InClear, "C: STARTTLS"]);
        switch (how)
        {
            case "nonsense":
                await call.SayAsync("220 go");
                await call.HearAsync();
                await call.SayAsync("this is no TLS at all, whatever you think");
                break;
            case "drop": break;
            case "reset":
                await call.SayAsync("220 go");
                call.Reset();
                break;
            case "injected":
                await call.SayAsync("220 go\r\n250-mx\r\n250 SMTPUTF8");
                await call.HearAsync();
                break;
            case "421":
                await call.SayAsync("421 4.3.0 TLS has crashed");
                break;
            case "tls 1.1":
                await call.SayAsync("220 go");
#pragma warning disable SYSLIB0039, CA5397 // An old server is what is wanted here.
                await Record.ExceptionAsync(() => call.SecureAsync(Certificates.For(Host), SslProtocols.Tls11));
#pragma warning restore SYSLIB0039, CA5397
                break;
            case "after":
                await call.SayAsync("220 go");
                await call.SecureAsync(Certificates.For(Host));
                break;
        }
    }

    private protected SmtpConnector Connector(TlsClient? tls = null) =>
        new("client.test", new DeliveryOptions(), tls ?? new TlsClient([Certificates.Authority]), _clock, NullLogger.Instance);

    private protected async Task<ConnectResult> ConnectAsync(SocketPeer peer, Egress egress, SmtpConnector? connector = null) =>
        await (connector ?? Connector()).ConnectAsync(Host, peer.EndPoint, egress, CancellationToken.None).AsTask().WaitAsync(Patience);

    private protected static ISiteConnection Connected(ConnectResult result) => Assert.IsType<ConnectResult.Connected>(result).Connection;

    private protected static ConnectResult.Refused Refused(ConnectResult result) => Assert.IsType<ConnectResult.Refused>(result);

    private protected static async Task<Disposition> SendAsync(ISiteConnection connection, string content = "Subject: x\r\n\r\nbody\r\n")
    {
        var result = await connection.SendAsync(Dialogue.Part(content: content), RecipientSet.All(1), default).AsTask().WaitAsync(Patience);
        return Assert.Single(result.Outcomes).Disposition;
    }
}
