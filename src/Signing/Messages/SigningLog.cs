using Microsoft.Extensions.Logging;

namespace Postfleet.Signing.Messages;

/// <summary>Log lines of the module Signing. Event ids 17000 to 17999.</summary>
internal static partial class SigningLog
{
    [LoggerMessage(17000, LogLevel.Warning, "mail from {Domain} in the stream {Stream} waits: a signature is required, and {Reason}",
        EventName = "not signed")]
    public static partial void NotSigned(this ILogger logger, string domain, string stream, string reason);

    [LoggerMessage(17001, LogLevel.Error, "the key {Key} in storage cannot be used: {Reason}", EventName = "signing key damaged")]
    public static partial void KeyDamaged(this ILogger logger, string key, string reason);

    [LoggerMessage(17002, LogLevel.Information, "the record of the key {Key} is in the DNS; the key signs from {From:O}",
        EventName = "signing key published")]
    public static partial void KeyPublished(this ILogger logger, string key, DateTimeOffset from);

    [LoggerMessage(17003, LogLevel.Information, "the retired key {Key} is removed", EventName = "signing key removed")]
    public static partial void KeyRemoved(this ILogger logger, string key);

    [LoggerMessage(17004, LogLevel.Warning, "changes of keys that sign were not read for {Time}; the keys so far sign",
        EventName = "signing keys unknown")]
    public static partial void KeysUnknown(this ILogger logger, Exception cause, TimeSpan time);

    [LoggerMessage(17005, LogLevel.Information, "changes of keys that sign are read again", EventName = "signing keys known again")]
    public static partial void KeysKnownAgain(this ILogger logger);

    [LoggerMessage(17006, LogLevel.Error, "internal error while records of keys are looked for in the DNS; the next look is in seconds",
        EventName = "signing key look failed")]
    public static partial void KeyLookFailed(this ILogger logger, Exception cause);

    [LoggerMessage(17010, LogLevel.Warning,
        "bulk mail from {Domain} in the stream {Stream} lacks {Demand}: large mailbox providers refuse such mail, or take it for spam",
        EventName = "bulk mail incomplete")]
    public static partial void BulkLacks(this ILogger logger, string domain, string stream, string demand);
}
