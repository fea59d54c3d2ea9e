using Microsoft.Extensions.Logging;
using Postfleet.Authentication.Dmarc.Reports;
using Postfleet.Configuration;
using Postfleet.Contracts;
using Postfleet.Contracts.Budgets;
using Postfleet.Contracts.Greylisting;
using Postfleet.Contracts.Receiving;
using Postfleet.Contracts.Users;
using Postfleet.Core.Networking;
using Postfleet.Dns;
using Postfleet.Frontend.Authentication;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Listening;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Rates;
using Postfleet.Frontend.RecipientFiles;
using Postfleet.Frontend.Recipients;
using Postfleet.Frontend.Rewriting;
using Postfleet.Frontend.Screening;
using Postfleet.Frontend.Session;
using Postfleet.Frontend.Tls;

namespace Postfleet.Frontend;

/// <summary>
/// Derives the services of sessions from the settings, at the start and for each reload. Sessions keep the services with which they began.
/// Owns the certificate of the listeners, the file of users, the recipient files and the access lists.
/// </summary>
internal sealed class FrontendReload(
    IUserDirectory? stored, ILoginReports? logins, IBudgets? budgets, IGreylist? greylist, IDnsLookup? lookup, TimeProvider time,
    ILogger logger, IDmarcCounts? dmarc = null, IRecipientCallout? hosts = null, IDnsListLookup? lists = null, IMailProxy? proxy = null,
    IInboundBudgets? strangers = null, ClusterHosts? nodes = null)
    : IReloadable<FrontendSettings>, IDisposable
{
    // Bounds the lines about mail of strangers that is not wanted.
    private readonly LogBudget _strangerBudget = new(time, 10);
    private readonly GuessGuard _guard = new(time, logins, new GuessAlarm(logger, time));
    // Kept over reloads: the answers stay true.
    private readonly Callout? _callout = hosts is null ? null
        : new Callout(hosts, new CalloutCache(FrontendLimits.RecipientKnownFor, FrontendLimits.RecipientUnknownFor, time));
    // Kept, too: what was granted stays granted.
    private readonly RateTable _rates = new();
    private ServerCertificate? _certificate;
    private FileUsers? _file;
    private RecipientMaps? _recipients;
    private AccessFiles? _access;
    private SessionChecks _registered = new();
    private volatile ISaslServer? _sasl;
    private SmtpServer? _server;

    /// <summary>Makes the server, which later reloads change.</summary>
    /// <param name="settings">The settings with which the node starts.</param>
    /// <param name="services">The services without those which the settings make.</param>
    /// <param name="loggers">The logs of the transport.</param>
    public SmtpServer Start(FrontendSettings settings, SessionServices services, ILoggerFactory loggers)
    {
        _registered = services.Checks;
        _certificate = Load(settings.Tls);
        _certificate?.Begin();
        (_file, _sasl) = MakeUsers(settings);
        _file?.Begin();
        _recipients = MakeRecipients(settings.Inbound);
        _recipients?.Begin();
        _access = MakeAccess(settings);
        _access?.Begin();
        return _server = new SmtpServer(settings, Make(services, settings, _certificate, _sasl, _recipients, _access), loggers);
    }

    /// <inheritdoc/>
    public Action Prepare(FrontendSettings settings)
    {
        var server = _server ?? throw new InvalidOperationException("the server is not made yet");
        var loaded = Load(settings.Tls);
        var certificate = loaded is not null && _certificate is { } current && current.IsSame(loaded) ? current : loaded;
        var (file, sasl) = MakeUsers(settings);
        var recipients = MakeRecipients(settings.Inbound);
        var access = MakeAccess(settings);
        var services = Make(server.Services, settings, certificate, sasl, recipients, access);
        return () =>
        {
            server.Use(services);
            _file?.Dispose();
            (_file, _sasl) = (file, sasl);
            file?.Begin();
            _recipients?.Dispose();
            _recipients = recipients;
            recipients?.Begin();
            _access?.Dispose();
            _access = access;
            access?.Begin();
            if (ReferenceEquals(certificate, _certificate)) return;
            _certificate?.Dispose();
            _certificate = certificate;
            certificate?.Begin();
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _certificate?.Dispose();
        _file?.Dispose();
        _recipients?.Dispose();
        _access?.Dispose();
    }

    private RecipientMaps? MakeRecipients(InboundOptions inbound) =>
        inbound.Recipients.Count == 0 ? null : new RecipientMaps(inbound.Recipients, time, logger);

    // Null without a listener for users, or on a node that knows none.
    private (FileUsers? File, ISaslServer? Sasl) MakeUsers(FrontendSettings settings)
    {
        if (settings.Listeners.All(listener => listener.Service != ListenerOptions.Submission)) return (null, null);
        var file = settings.Auth.UserFile.Length > 0 ? new FileUsers(settings.Auth.UserFile, time, logger) : null;
        var users = file ?? stored ?? throw new InvalidOperationException("no users are registered");
        var offer = new SaslOffer(settings.Auth, settings.Hostname);
        if (settings.Auth.DovecotSocket.Length > 0)
            return (file, new DovecotSasl(settings.Auth.DovecotSocket, offer.Unbound, users, _guard, time));
        var tokens = settings.Auth.OAuth is { Issuer.Length: > 0, Audience.Length: > 0 }
            ? new TokenValidator(settings.Auth.OAuth, time, logger) : null;
        return (file, new UserSasl(users, offer, _guard, tokens, time));
    }

    private AccessFiles? MakeAccess(FrontendSettings settings) =>
        settings.Inbound.AccessFiles.Count == 0 ? null : new AccessFiles(settings.Inbound.AccessFiles, time, logger);

    private ServerCertificate? Load(TlsOptions tls) => tls.Certificate.Length == 0 ? null : new ServerCertificate(tls, time, logger);

    private SessionServices Make(
        SessionServices services, FrontendSettings settings, ServerCertificate? certificate, ISaslServer? sasl,
        RecipientMaps? recipients, AccessFiles? access)
    {
        var relay = new RelayPolicy(settings.Relay, settings.Routes, services.Server.Postmaster, OwnAddresses(settings));
        var rules = recipients is null && !settings.Inbound.Callout ? null : new RecipientRules(
            recipients is null ? null : () => recipients.Table, settings.Inbound, relay,
            settings.Inbound.Callout ? _callout : null);
        var rewriter = !settings.Rewriting.HasRules() ? null
            : new Rewriter(settings.Rewriting, AddressFile.Read(settings.Rewriting.Addresses, Path.GetFullPath));
        return services with
        {
            Limits = settings.Limits,
            Relay = relay,
            Streams = settings.Streams,
            Filters = Filters(settings, new AddedRecipients(relay, rules, rewriter, settings.Limits.MaxRecipients)),
            Tls = certificate is null ? null : new TlsServer(() => certificate.Current),
            ForSubmission = sasl is null ? null : new SubmissionServices(sasl, () => _sasl ?? sasl, settings.Auth, settings.Submission)
            {
                Extensions = new MailExtensions(settings.MaxHold, settings.Submission.MaxPriority, time),
                Budgets = budgets,
            },
            Recipients = rules,
            Proxy = proxy,
            Rewriter = rewriter,
            ForInbound = lookup is null || settings.Inbound.Domains.Count == 0 ? null
                : new InboundServices(settings.Inbound, settings.Hostname, lookup, time)
                {
                    Counts = dmarc,
                    SealKey = settings.Inbound.Seal.IsOn() ? SealKeyFile.Read(settings.Inbound.Seal.Key) : null,
                },
            Checks = new StrangerServices(settings.Inbound, access, lookup, time, logger, _strangerBudget)
            {
                ListLookup = lists,
                Rates = settings.Inbound.Rates.Count == 0 ? null : new InboundRates(
                    settings.Inbound.Rates, _rates, strangers, () => 1 + (nodes?.OtherFrontends ?? 0), time, logger),
                Greylist = greylist,
                Hostname = settings.Hostname,
            }.Before(_registered),
        };
    }

    private ISessionFilter[] Filters(FrontendSettings settings, AddedRecipients added) =>
        [.. settings.Filters.Select(filter => SessionFilters.Of(filter, settings.Hostname, settings.Limits, added, time, logger))];

    private static IEnumerable<System.Net.IPAddress> OwnAddresses(FrontendSettings settings) =>
        settings.Listeners.SelectMany(listener => ListenerAddresses.Of(listener.Endpoint.Address, settings.MachineAddresses));
}
