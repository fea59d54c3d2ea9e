namespace Postfleet.Frontend.Authentication;

/// <summary>Validates the tokens of OAUTHBEARER and XOAUTH2. Thread-safe.</summary>
internal interface ITokenValidator
{
    /// <summary>Validates a token.</summary>
    /// <param name="token">The token. A secret.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The normalised name of the user whom the token stands for; null for a token that is not valid.</returns>
    /// <exception cref="Contracts.Users.UsersUnavailableException">The keys of the issuer cannot be read at present.</exception>
    ValueTask<string?> ValidateAsync(string token, CancellationToken cancellationToken);
}
