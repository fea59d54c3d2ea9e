using Postfleet.Core.Classification;
using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>A rule with reactions, and a reply that it matches. Found by the connection, whose thread may run expressions.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Reply">The reply.</param>
/// <param name="Stream">The stream of the mail; empty where the reply answered no mail.</param>
internal sealed record ReplyMatch(BounceRule Rule, SmtpReply Reply, string Stream);
