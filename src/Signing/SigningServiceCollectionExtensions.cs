using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Postfleet.Configuration;
using Postfleet.Contracts.Signing;
using Postfleet.Core;
using Postfleet.Signing.Options;

namespace Postfleet.Signing;

/// <summary>Registers the module Signing.</summary>
public static class SigningServiceCollectionExtensions
{
    /// <summary>Registers the signer of this site's mail.</summary>
    /// <param name="services">The services.</param>
    /// <param name="sections">The keys with which the node starts.</param>
    /// <exception cref="StartFailureException">The file of a key cannot be used.</exception>
    public static IServiceCollection AddSigning(this IServiceCollection services, SigningSections sections)
    {
        var state = new SigningState(SigningKeys.Read(sections), new SignatureRules(sections.Signing.Required));
        return services.AddSingleton(provider => new MessageSigner(
                state, provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILoggerFactory>().CreateLogger("Signing")))
            .AddSingleton<IMessageSigner>(provider => provider.GetRequiredService<MessageSigner>())
            .AddSingleton<IReloadable<SigningSections>>(provider => provider.GetRequiredService<MessageSigner>());
    }
}
