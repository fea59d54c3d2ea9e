using System.Net;
using Postfleet.Admin.Options;
using Postfleet.Contracts;
using Postfleet.Delivery;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Rewriting;
using Postfleet.Node.Common;
using Postfleet.Node.Options;
using Postfleet.Operations.Options;
using Postfleet.QueueActors.Options;
using Postfleet.Signing.Options;

namespace Postfleet.Node.Hosting;

/// <summary>Makes the settings of the modules from the options, at the start and for each reload.</summary>
/// <param name="maxDeliveries">The maximum number of connections of deliveries, by the limit of open files.</param>
internal sealed class ModuleSettings(int maxDeliveries)
{
    /// <summary>Whether a node of these options has listeners.</summary>
    public static bool IsFrontend(PostfleetOptions options) => options.Node.Roles.Contains(NodeRoles.Frontend);

    /// <summary>The endpoints at which the node accepts mail.</summary>
    public static IReadOnlyList<IPEndPoint> Listeners(PostfleetOptions options) =>
        IsFrontend(options) ? [.. options.Listeners.Select(listener => listener.Endpoint)] : [];

    /// <summary>The settings of Frontend.</summary>
    public static FrontendSettings Frontend(PostfleetOptions options) =>
        new(options.Node.Hostname, options.Listeners, options.Tls, options.Smtp, options.Relay, options.Node.ShutdownGrace)
        {
            MachineAddresses = MachineAddresses.Read,
            Auth = options.Auth,
            Submission = options.Submission,
            Inbound = options.Inbound,
            Rewriting = options.Rewriting,
            Filters = options.Filters,
            MaxHold = options.Queues.Lifetime,
            Routes = [.. options.Routes.Select(route => route.ToRule())],
            Streams = StreamOptions.SetOf(options.Streams),
        };

    /// <summary>The settings of QueueActors.</summary>
    public static QueueSections Queues(PostfleetOptions options) =>
        new() { Queues = options.Queues, Streams = options.Streams, Notifications = options.Notifications };

    /// <summary>The settings of Operations.</summary>
    public static OperationsSections Operations(PostfleetOptions options) =>
        new() { DmarcReports = options.DmarcReports, Suppression = options.Suppression };

    /// <summary>The settings of Signing.</summary>
    public static SigningSections Signing(PostfleetOptions options) => new() { Dkim = options.Dkim, Signing = options.Signing };

    /// <summary>The settings of Delivery.</summary>
    public DeliverySettings Delivery(PostfleetOptions options) =>
        new(
            options.Node.Hostname, options.Delivery, options.Routes, options.Queues.FirstRetry, options.Queues.MaxRetry,
            options.Node.ShutdownGrace, Listeners(options))
        {
            MachineAddresses = MachineAddresses.Read,
            MaxSockets = maxDeliveries,
            Sources = options.Sources,
            Responses = options.Responses,
            Providers = options.Providers,
            Destinations = options.Destinations,
            Streams = StreamOptions.SetOf(options.Streams),
        };

    /// <summary>The settings of Admin.</summary>
    public static AdminSettings Admin(PostfleetOptions options) =>
        new(options.Admin, options.Metrics)
        {
            Tracing = options.Tracing,
            Hostname = options.Node.Hostname,
            MaxMessageSize = options.Smtp.MaxMessageSize,
            MaxRecipients = options.Smtp.MaxRecipients,
            MaxSendAfter = options.Queues.Lifetime,
            MaxPriority = options.Submission.MaxPriority,
            Routes = [.. options.Routes.Select(route => route.ToRule())],
            Streams = StreamOptions.SetOf(options.Streams),
            Rewriting = MailRewriting.For(options.Rewriting, ListenerOptions.Http),
            Version = ProgramVersion.Text,
            Roles = options.Node.Roles,
            StorageFolder = StoragePlace.IsEmbedded(options) ? options.Storage.Path : null,
        };
}
