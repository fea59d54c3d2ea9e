using System.Buffers;
using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Authentication.Dmarc.Reports;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Dns;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Recipients;
using Postfleet.Frontend.Rewriting;
using Postfleet.Frontend.Screening;
using Postfleet.Frontend.Session;
using Postfleet.Frontend.Tls;
using Postfleet.Testing;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>The shared services of sessions, with fakes for the spool, the hand-off, the clock and the log.</summary>
internal sealed class World
{
    public const string Hostname = "mx.example.org";

    public static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    public static readonly IPAddress Trusted = IPAddress.Loopback;

    public static readonly IPAddress Untrusted = IPAddress.Parse("192.0.2.7");

    // Without a greeting delay, since the fake clock does not advance by itself.
    public static readonly SmtpOptions NoDelay = new() { GreetingDelay = TimeSpan.Zero };

    public World(
        SmtpOptions? limits = null, RelayOptions? relay = null, TimeProvider? time = null, TestCertificate? certificate = null,
        RouteRule[]? routes = null, SessionChecks? checks = null, SubmissionServices? submission = null,
        StreamSet? streams = null, string stream = "",
        InboundOptions? inbound = null, IDnsLookup? dns = null, RecipientRules? recipients = null, IDmarcCounts? dmarc = null,
        FilterOptions[]? filters = null,
        Func<World, StrangerServices>? strangers = null, string listenerChecks = "", Rewriter? rewriter = null,
        IMailProxy? proxy = null, string listenerFilters = "")
    {
        Limits = limits ?? NoDelay;
        Time = time as FakeTimeProvider ?? new FakeTimeProvider(Noon);
        Memory = new BodyMemory(Limits.MaxBodyMemory.Bytes, Limits.MaxMessageSize.Bytes);
        var clock = time ?? Time;
        Services = new SessionServices(
            new ServerReplies(Hostname),
            Limits,
            RelayOf(relay, routes),
            Submission,
            Memory,
            clock,
            Log,
            new LogBudget(clock, 50),
            certificate is null ? null : new TlsServer(() => certificate.Context))
        {
            Checks = strangers?.Invoke(this).Before(checks ?? new SessionChecks()) ?? checks ?? new SessionChecks(),
            ForSubmission = submission,
            ForInbound = inbound is null ? null : new InboundServices(inbound, Hostname, dns ?? new ZoneDns(), clock)
            {
                Counts = dmarc,
                SealKey = inbound.Seal.IsOn() ? SealKeyFile.Read(inbound.Seal.Key) : null,
            },
            Recipients = recipients,
            Rewriter = rewriter,
            Proxy = proxy,
            Streams = streams ?? StreamSet.None,
        };
        var added = new AddedRecipients(Services.Relay, recipients, rewriter, Limits.MaxRecipients);
        Services = Services with
        {
            Filters = [.. (filters ?? []).Select(filter => SessionFilters.Of(filter, Hostname, Limits, added, clock, Log))],
        };
        Profile = Services.ProfileOf(
            new ListenerOptions
            {
                Service = inbound is not null ? ListenerOptions.Inbound
                    : submission is null ? ListenerOptions.Relay : ListenerOptions.Submission,
                Stream = stream,
                Checks = listenerChecks,
                Filters = listenerFilters,
            });
    }

    public SmtpOptions Limits { get; }

    public FakeTimeProvider Time { get; }

    public FakeSubmission Submission { get; } = new();

    public RecordingLogger Log { get; } = new();

    public BodyMemory Memory { get; }

    public SessionServices Services { get; }

    /// <summary>
    /// The profile of a listener: of inbound mail if there are rules for it, of submission if there are users, else of relay.
    /// </summary>
    public SessionProfile Profile { get; }

    /// <summary>The relay policy; by default hosted.example is a relay domain, and mail for any domain goes to its MX.</summary>
    public static RelayPolicy RelayOf(RelayOptions? relay = null, RouteRule[]? routes = null) => new(
        relay ?? new RelayOptions { Domains = [DomainPattern.Parse("hosted.example")] },
        routes ?? [new RouteRule(DomainPattern.Parse("*"), TargetKind.Mx)],
        Mailbox.Parse($"postmaster@{Hostname}"), [IPAddress.Parse("198.51.100.1"), IPAddress.Parse("2001:db8::1")]);

    /// <summary>The stored content of a message as Latin-1, with the added Received header.</summary>
    public static string ContentOf(Submission message) => Encoding.Latin1.GetString(message.Content.Octets.ToArray());

    /// <summary>The stored content of a message as Latin-1, without the added Received header, which ends with the date.</summary>
    public static string BodyOf(Submission message)
    {
        var content = ContentOf(message);
        return content[(content.IndexOf("+0000\r\n", StringComparison.Ordinal) + 7)..];
    }
}
