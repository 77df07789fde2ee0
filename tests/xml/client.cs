// A client of api/Customer as the vendor's are: DataContractSerializer writes the request and reads the answers.
// client URL-OF-API-CUSTOMER APPID OPENID SESSION-KEY NICKNAME
// Logs in, fails to, logs out, and writes what it understood, a name and a value a line.

using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Runtime.Serialization;
using System.Text;

namespace Applications.MiniProgramTools.Models
{
	[DataContract]
	public class UserInfo
	{
		[DataMember] public string Avatar { get; set; }
		[DataMember] public string City { get; set; }
		[DataMember] public string Country { get; set; }
		[DataMember] public string Language { get; set; }
		[DataMember] public string NickName { get; set; }
		[DataMember] public string OpenId { get; set; }
		[DataMember] public string Province { get; set; }
		[DataMember] public string SessionKey { get; set; }
		[DataMember] public int Sex { get; set; }
		[DataMember] public DateTime SubscribeTime { get; set; }
		[DataMember] public string UnionId { get; set; }
	}
}

namespace Applications.WebApi.Authentication
{
	public enum MState { OK }

	[DataContract]
	public class Token
	{
		[DataMember] public string AccessToken { get; set; }
		[DataMember] public DateTime Expires { get; set; }
		[DataMember] public int ExpiresIn { get; set; }
		[DataMember] public DateTime Issued { get; set; }
		[DataMember] public string TokenType { get; set; }
	}

	[DataContract]
	public class MAuthorizationResponse : Token
	{
		[DataMember] public string Avatar { get; set; }
		[DataMember] public bool CanBalancePay { get; set; }
		[DataMember] public string CustomerId { get; set; }
		[DataMember] public bool IsCloseOrderPda { get; set; }
		[DataMember] public bool IsMiniProgramRemind { get; set; }
		[DataMember] public bool IsShowNoFeeLeaveButton { get; set; }
		[DataMember] public bool IsShowStatisticsPda { get; set; }
		[DataMember] public string NickName { get; set; }
		[DataMember] public string Phone { get; set; }
		[DataMember] public MState State { get; set; }
		[DataMember] public string UserName { get; set; }
	}
}

namespace Applications.WebApi.Common
{
	public enum MStatusCode { Fail, Success }

	[Serializable]
	public class ValidErrors
	{
		public string Field { get; set; }
		public List<string> ErrorMessages { get; set; }
	}

	[DataContract]
	public class Result
	{
		[DataMember(Order = 1)] public MStatusCode Status { get; set; }
		[DataMember(Order = 2)] public string Message { get; set; }
		[DataMember(Order = 3)] public string Url { get; set; }
		[DataMember(Order = 4)] public List<ValidErrors> Errors { get; set; }
	}

	// Its name in XML ends with a hash of T's namespace, which the serializer computes.
	[DataContract]
	public class ResultMessage<T> : Result
	{
		[DataMember] public T Data { get; set; }
	}
}

public static class Client
{
	static string address, appId;

	static T Post<T>(string action, object body, string token)
	{
		var request = (HttpWebRequest)WebRequest.Create(address + "/" + action);

		request.Method = "POST";
		request.Accept = "application/xml";
		request.Headers["X-WX-AppId"] = appId;
		if (token != null)
			request.Headers["Authorization"] = "Bearer " + token;
		request.ContentLength = 0;
		if (body != null)
		{
			var bytes = new MemoryStream();

			new DataContractSerializer(body.GetType()).WriteObject(bytes, body);
			request.ContentType = "application/xml; charset=utf-8";
			request.ContentLength = bytes.Length;
			using (var stream = request.GetRequestStream())
				bytes.WriteTo(stream);
		}
		using (var response = request.GetResponse())
		using (var stream = response.GetResponseStream())
			return (T)new DataContractSerializer(typeof(T)).ReadObject(stream);
	}

	static void Say(string name, object value)
	{
		Console.WriteLine(name + " " + value);
	}

	static void Main(string[] arguments)
	{
		Console.OutputEncoding = new UTF8Encoding(false);
		address = arguments[0];
		appId = arguments[1];
		var user = new Applications.MiniProgramTools.Models.UserInfo {
			OpenId = arguments[2], SessionKey = arguments[3], NickName = arguments[4], Sex = 1,
			SubscribeTime = new DateTime(2026, 1, 29, 7, 0, 34, DateTimeKind.Utc),
		};

		var login = Post<Applications.WebApi.Common.ResultMessage<
			Applications.WebApi.Authentication.MAuthorizationResponse>>(
			"AppAuthorization", user, null);
		Say("status", login.Status);
		Say("errors", login.Errors == null ? "none" : "some");
		Say("customerId", login.Data.CustomerId);
		Say("nickName", login.Data.NickName);
		Say("state", login.Data.State);
		Say("tokenType", login.Data.TokenType);
		Say("expiresIn", login.Data.ExpiresIn);
		Say("seconds", (login.Data.Expires - login.Data.Issued).TotalSeconds);
		Say("age", Math.Abs((DateTime.UtcNow - login.Data.Issued.ToUniversalTime()).TotalSeconds) < 60);

		user.SessionKey = "wrong";
		var failure = Post<Applications.WebApi.Common.ResultMessage<
			Applications.WebApi.Authentication.MAuthorizationResponse>>(
			"AppAuthorization", user, null);
		Say("failure", failure.Status);
		Say("field", failure.Errors[0].Field);
		Say("messages", failure.Errors[0].ErrorMessages.Count);
		Say("data", failure.Data == null ? "none" : "some");

		Say("logout", Post<Applications.WebApi.Common.Result>(
			"Logout", null, login.Data.AccessToken).Status);
	}
}
