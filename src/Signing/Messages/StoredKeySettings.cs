using Postfleet.Core;
using Postfleet.Signing.Options;

namespace Postfleet.Signing.Messages;

/// <summary>The settings of the keys in storage. Immutable; <see cref="MessageSigner"/> replaces it in a reload.</summary>
/// <param name="Seal">Seals and opens private keys.</param>
/// <param name="PublishedFor">How long the record of a new key must have been seen before the key signs.</param>
/// <param name="RetiredFor">How long the record of a retired key must stay in the DNS.</param>
internal sealed record StoredKeySettings(KeySeal Seal, TimeSpan PublishedFor, TimeSpan RetiredFor)
{
    /// <summary>Reads the settings, and the file of the secret.</summary>
    /// <exception cref="StartFailureException">The file cannot be used.</exception>
    public static StoredKeySettings Read(SigningOptions options) => new(
        new KeySeal(options.SecretFile.Length == 0 ? "" : SealSecretFile.Read(options.SecretFile)),
        options.PublishedFor, options.RetiredFor);
}
